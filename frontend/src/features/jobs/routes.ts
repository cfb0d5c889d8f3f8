import type { RouteRecordRaw } from 'vue-router'

export const jobRoutes: RouteRecordRaw[] = [
  { path: '/jobs', name: 'jobs', component: () => import('./JobsPage.vue') },
  {
    path: '/jobs/:id(\\d+)',
    name: 'job',
    component: () => import('./JobPage.vue'),
    meta: { parent: 'jobs' },
  },
]
