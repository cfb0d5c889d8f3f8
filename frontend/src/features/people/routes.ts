import type { RouteRecordRaw } from 'vue-router'

export const peopleRoutes: RouteRecordRaw[] = [
  { path: '/people', name: 'people', component: () => import('./PeoplePage.vue') },
  { path: '/people/teams', name: 'teams', component: () => import('./TeamsPage.vue') },
  { path: '/people/audit', name: 'audit', component: () => import('./AuditPage.vue') },
  {
    path: '/people/service-types',
    name: 'service-types',
    component: () => import('./ServiceTypesPage.vue'),
  },
  { path: '/people/system', name: 'system', component: () => import('./SystemPage.vue') },
]
