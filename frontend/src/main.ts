import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { loadRouteLocation } from 'vue-router'
import App from './App.vue'
import { i18n, loadMessages, saysMore, startLocale } from './i18n'
import { watchLetters } from './letters'
import { queryClient } from './queries'
import { router } from './router'
import { loadSession } from './session'
import 'virtual:ui-font.css'
import './styles.css'

// All at once, not one after the other: who is here, what the page says, and the page itself.
loadSession().catch(() => {
  // The router asks again, and the page tells.
})
const here = router.resolve(location.pathname + location.search + location.hash)
void loadRouteLocation(here)
if (saysMore(here.name)) void loadMessages()
void startLocale().then(() => {
  createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
})
addEventListener('load', watchLetters)
