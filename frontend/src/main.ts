import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, loadMessages, startLocale } from './i18n'
import { queryClient } from './queries'
import { router } from './router'
import './styles.css'

void startLocale().then(() => {
  createApp(App).use(i18n).use(router).use(VueQueryPlugin, { queryClient }).mount('#app')
})
// Korean and Latin letters in one hand; the page does not wait for them.
addEventListener('load', () => {
  void import('./fonts')
  void loadMessages()
})
