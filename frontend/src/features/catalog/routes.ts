import type { RouteRecordRaw } from 'vue-router'

export const catalogRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'entry', component: () => import('./EntryPage.vue') },
  { path: '/models', name: 'models', component: () => import('./ModelsPage.vue') },
  { path: '/contexts', name: 'contexts', component: () => import('./ContextsPage.vue') },
]
