import type { RouteRecordRaw } from 'vue-router'

export const uploadRoutes: RouteRecordRaw[] = [
  {
    path: '/models/new',
    name: 'register',
    component: () => import('./RegisterPage.vue'),
    meta: { parent: 'entry' },
  },
]
