import type { RouteRecordRaw } from 'vue-router'

const apart = { shell: false, open: true }

export const accountRoutes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./LoginPage.vue'), meta: apart },
  { path: '/sign-up', name: 'sign-up', component: () => import('./SignUpPage.vue'), meta: apart },
  {
    path: '/forgotten',
    name: 'forgotten',
    component: () => import('./ForgottenPage.vue'),
    meta: apart,
  },
  { path: '/setup', name: 'setup', component: () => import('./SetupPage.vue'), meta: apart },
]
