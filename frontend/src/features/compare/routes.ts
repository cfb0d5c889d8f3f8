import type { RouteRecordRaw } from 'vue-router'

export const compareRoutes: RouteRecordRaw[] = [
  {
    path: '/compare',
    name: 'compare',
    component: () => import('./ComparePage.vue'),
    meta: { parent: 'entry' },
  },
]
