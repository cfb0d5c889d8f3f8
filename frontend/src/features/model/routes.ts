import type { RouteRecordRaw } from 'vue-router'

export const modelRoutes: RouteRecordRaw[] = [
  {
    path: '/models/:owner/:name/:tab(edit|files|versions|artifacts|benchmarks|graph|jobs|api|settings)?',
    name: 'model',
    component: () => import('./ModelPage.vue'),
    meta: { parent: 'entry' },
  },
]
