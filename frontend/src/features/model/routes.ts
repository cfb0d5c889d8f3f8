import type { RouteRecordRaw } from 'vue-router'

export const modelRoutes: RouteRecordRaw[] = [
  {
    path: '/models/:owner/:name/:tab(files|artifacts|benchmarks|graph|jobs)?',
    name: 'model',
    component: () => import('./ModelPage.vue'),
    meta: { parent: 'entry' },
  },
]
