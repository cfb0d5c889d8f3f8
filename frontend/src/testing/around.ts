import { afterAll, vi } from 'vitest'

// Test files share one window, for a window of its own costs each a second. What a file keeps in
// its modules ends with it all the same.
vi.resetModules()
afterAll(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
  document.body.innerHTML = ''
})
