import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { loadRouteLocation } from 'vue-router'
import App from './App.vue'
import { i18n, loadMessagesOf, startLocale } from './i18n'
import { holdBack } from './lib/around'
import { queryClient } from './queries'
import { router } from './router'
import { loadSession } from './session'
import './styles.css'

// All at once, not one after the other: who is here, what the page says, and the page itself.
loadSession().catch(() => {
  // The router asks again, and the page tells.
})
const here = router.resolve(location.pathname + location.search + location.hash)
void loadRouteLocation(here)
void loadMessagesOf(here)
void startLocale().then(() => {
  // The first text is set in the device's own letters: nobody waits for ours.
  void holdBack(queryClient, router.isReady()).then(() => {
    // What nobody took by now would be old.
    delete window.ondolEarly
    return import('./letters')
  })
  createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
})
