import type { RouteRecordRaw } from 'vue-router'

export const catalogRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'entry', component: () => import('./EntryPage.vue') },
  { path: '/models', name: 'models', component: () => import('./ModelsPage.vue') },
]
