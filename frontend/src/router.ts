import { ref } from 'vue'
import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { accountRoutes } from './features/account/routes'
import { benchmarkRoutes } from './features/benchmarks/routes'
import { catalogRoutes } from './features/catalog/routes'
import { contextRoutes } from './features/contexts/routes'
import { compareRoutes } from './features/compare/routes'
import { deviceRoutes } from './features/devices/routes'
import { helpRoutes } from './features/help/routes'
import { jobRoutes } from './features/jobs/routes'
import { modelRoutes } from './features/model/routes'
import { newsRoutes } from './features/news/routes'
import { peopleRoutes } from './features/people/routes'
import { settingsRoutes } from './features/settings/routes'
import { uploadRoutes } from './features/upload/routes'
import { loadMessagesOf } from './i18n'
import { isSignedIn, loadSession, mustEnrol, showsPublic } from './session'

const UNDER_TOP_BAR = 72
/** What a visitor sees without signing in, where the server allows that; as far as it is public. */
const PUBLIC = 'entry models model contexts context benchmarks compare help missing'.split(' ')

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    ...accountRoutes,
    ...catalogRoutes,
    ...contextRoutes,
    ...uploadRoutes,
    ...modelRoutes,
    ...jobRoutes,
    ...deviceRoutes,
    ...peopleRoutes,
    ...settingsRoutes,
    ...newsRoutes,
    ...helpRoutes,
    ...compareRoutes,
    ...benchmarkRoutes,
    { path: '/:rest(.*)*', name: 'missing', component: () => import('./shell/MissingPage.vue') },
  ],
  scrollBehavior: (to, from, saved) => {
    if (saved) return saved
    // A line of a log scrolls in the log's own box, once it has come.
    if (/^#L\d+$/.test(to.hash)) return to.path === from.path ? false : { top: 0 }
    if (to.hash) return { el: to.hash, top: UNDER_TOP_BAR }
    // The first page of a tab is at its top, and to say so would have it laid out an extra time.
    return to.path === from.path || !from.matched.length ? false : { top: 0 }
  },
})

/** Where somebody wanted to go and the page could not be had. */
export const lostPath = ref('')
router.onError((_, to) => (lostPath.value = to.fullPath))
router.afterEach(() => (lostPath.value = ''))

router.beforeEach(async (to: RouteLocationNormalized) => {
  // Comes beside the page, and is waited for once that is there.
  void loadMessagesOf(to)
  if (to.meta['open']) return true
  // A server that does not answer is the page's to tell, not a reason to ask for a password.
  const asked = await loadSession().then(
    () => true,
    () => false,
  )
  if (asked && !isSignedIn() && !(showsPublic() && PUBLIC.includes(String(to.name))))
    return { name: 'login', query: { next: to.fullPath } }
  if (mustEnrol() && to.name !== 'settings') return { name: 'settings' }
  return true
})

router.beforeResolve((to) => loadMessagesOf(to))
