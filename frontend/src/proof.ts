import { shallowRef } from 'vue'
import { Refusal } from './api/client'

/** The question that waits for an answer: whether it is still the same person at this browser. */
export const question = shallowRef<{ proved: () => void; cancel: () => void } | null>(null)
let asked: Promise<void> | null = null

function ask(refusal: Refusal): Promise<void> {
  asked ??= new Promise<void>((proved, refuse) => {
    const cancel = () => {
      refuse(refusal)
    }
    question.value = { proved, cancel }
  }).finally(() => (asked = question.value = null))
  return asked
}

/** Does what takes a session proved lately; where the server asks, the person is asked, and then it is done again. */
export async function proved<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (problem) {
    const asks = problem instanceof Refusal && problem.code === 'reauthentication_required'
    if (!asks) throw problem
    await ask(problem)
    return act()
  }
}
