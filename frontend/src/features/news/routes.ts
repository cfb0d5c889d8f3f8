import type { RouteRecordRaw } from 'vue-router'

export const newsRoutes: RouteRecordRaw[] = [
  { path: '/notices', name: 'notices', component: () => import('./NoticesPage.vue') },
  {
    path: '/settings/webhooks',
    name: 'webhooks',
    component: () => import('./WebhooksPage.vue'),
  },
  {
    path: '/settings/webhooks/:id',
    name: 'webhook',
    component: () => import('./WebhookPage.vue'),
    props: true,
    meta: { parent: 'webhooks' },
  },
]
