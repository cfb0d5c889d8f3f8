import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import { Refusal } from './api/client'
import App from './App.vue'
import { i18n, startLocale } from './i18n'
import { router } from './router'
import './styles.css'

const MOST_RETRIES = 2

const queries = {
  staleTime: 5000,
  // A refusal is an answer; only a silent or failing server is asked again.
  retry: (count: number, error: Error) =>
    count < MOST_RETRIES &&
    error instanceof Refusal &&
    (error.status === 0 || error.status >= 500),
}

async function start() {
  await startLocale()
  const app = createApp(App)
    .use(i18n)
    .use(router)
    .use(VueQueryPlugin, { queryClientConfig: { defaultOptions: { queries } } })
  // Until it is known who is here, nothing asks the server for pages.
  await router.isReady()
  app.mount('#app')
}

void start()
// Korean and Latin letters in one hand; the page does not wait for them.
addEventListener('load', () => void import('./fonts'))
