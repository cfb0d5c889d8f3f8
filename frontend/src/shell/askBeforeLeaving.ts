import { onBeforeUnmount } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate, type RouteLocationNormalized } from 'vue-router'

/** Asks whoever goes to another page, or to another tab of this one, while something is unsent. */
export function askBeforeLeaving(isChanged: () => boolean, question: () => string) {
  const mayGo = (to: RouteLocationNormalized, from: RouteLocationNormalized) =>
    to.path === from.path || !isChanged() || confirm(question())
  onBeforeRouteLeave(mayGo)
  onBeforeRouteUpdate(mayGo)

  function hold(event: BeforeUnloadEvent) {
    if (isChanged()) event.preventDefault()
  }
  addEventListener('beforeunload', hold)
  onBeforeUnmount(() => {
    removeEventListener('beforeunload', hold)
  })
}
