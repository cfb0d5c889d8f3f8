import type { RouteRecordRaw } from 'vue-router'

export const benchmarkRoutes: RouteRecordRaw[] = [
  { path: '/benchmarks', name: 'benchmarks', component: () => import('./BenchmarksPage.vue') },
]
