import { QueryCache, QueryClient } from '@tanstack/vue-query'
import { Refusal } from './api/client'
import { router } from './router'
import { endSession, isSignedIn } from './session'

const MOST_RETRIES = 2

/** Whether asking again may help: a refusal is an answer, a silent or failing server is not. */
function isPassing(error: Error): boolean {
  return error instanceof Refusal && (error.status === 0 || error.status >= 500)
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (!(error instanceof Refusal) || error.status !== 401) return
      const { meta, fullPath } = router.currentRoute.value
      if (isSignedIn()) endSession()
      else if (!meta['open']) void router.push({ name: 'login', query: { next: fullPath } })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5000,
      retry: (count, error) => count < MOST_RETRIES && isPassing(error),
    },
  },
})
