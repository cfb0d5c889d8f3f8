import { defineAsyncComponent, type Component } from 'vue'
import { loadMessages } from '@/i18n'

/** A part of the first view that comes when it is wanted, with the messages that it says. */
export function withLateWords<Part extends Component>(load: () => Promise<{ default: Part }>) {
  return defineAsyncComponent(async () => {
    const [part] = await Promise.all([load(), loadMessages()])
    return part.default
  })
}
