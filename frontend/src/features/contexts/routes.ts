import type { RouteRecordRaw } from 'vue-router'

export const contextRoutes: RouteRecordRaw[] = [
  { path: '/contexts', name: 'contexts', component: () => import('./ContextsPage.vue') },
  {
    path: '/contexts/:slug',
    name: 'context',
    component: () => import('./ContextPage.vue'),
    props: true,
  },
]
