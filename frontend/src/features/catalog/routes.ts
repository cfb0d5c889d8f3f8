import type { RouteRecordRaw } from 'vue-router'
import EntryPage from './EntryPage.vue'

export const catalogRoutes: RouteRecordRaw[] = [
  // Not lazy: it is the first view, and most of it is what every page is made of.
  { path: '/', name: 'entry', component: EntryPage },
  { path: '/models', name: 'models', component: () => import('./ModelsPage.vue') },
]
