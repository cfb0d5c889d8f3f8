import type { QueryClient } from '@tanstack/vue-query'
import { nextTick, ref } from 'vue'
import { afterPaint } from './afterPaint'

/** Whether what stands around a page may ask for its data: not before the first page is shown. */
export const around = ref(true)

/** Keeps back what stands around the first page, and returns when that has its data and is painted. */
export async function holdBack(client: QueryClient, ready: Promise<unknown>) {
  around.value = false
  await ready
  await nextTick()
  await new Promise<void>((done) => {
    // One answer may lead to the next question, so look again after the paint.
    const look = () => {
      afterPaint(() => {
        if (client.isFetching()) return
        leave()
        done()
      })
    }
    const leave = client.getQueryCache().subscribe(look)
    look()
  })
  around.value = true
}
