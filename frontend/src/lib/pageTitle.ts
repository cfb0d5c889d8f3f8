import { onScopeDispose, ref, watchEffect } from 'vue'

/** What the page in view calls itself; the phone's top bar shows it too. */
export const pageTitle = ref('')

/** Names the page in the browser's tab for as long as it is shown. */
export function usePageTitle(title: () => string) {
  watchEffect(() => {
    pageTitle.value = title()
    document.title = title() ? `${title()} · Ondol` : 'Ondol'
  })
  onScopeDispose(() => {
    pageTitle.value = ''
  })
}
