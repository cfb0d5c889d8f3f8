import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { hasEnded, type JobDetail } from '@/api/jobs'
import { span } from '@/lib/format'

export interface StepView {
  name: string
  state: 'done' | 'failed' | 'running' | 'waiting' | 'skipped'
  took: string
}

const WAIT = 'wait'

/** The steps that a job of its kind goes through, in their order. */
function planned(job: JobDetail): string[] {
  if (job.kind === 'benchmark') return ['download', 'measure', 'report']
  const steps = Array.isArray(job.spec['steps']) ? job.spec['steps'].map(String) : []
  const waited = job.steps.some((step) => step.name === WAIT)
  return [...(waited ? [WAIT] : []), ...steps, 'check', 'store']
}

/**
 * The planned steps with how far each is. A quick step may pass unreported: what comes after it
 * shows that it is done. A step's own parts are no steps here, even where they share a name.
 */
export function stepsOf(job: JobDetail, locale: string, now: number): StepView[] {
  const plan = planned(job)
  const told = new Map(job.steps.map((step) => [step.name, step.at]))
  const begun: (string | undefined)[] = []
  let latest = ''
  plan.forEach((name, index) => {
    // What a job begins with begins with it, though unreported, where its end is known: a step that
    // fails at once ends the job before anything is told of it.
    const first = index === 0 && (told.has(plan[1] ?? '') || job.state === 'failed')
    const at = told.get(name) ?? (first ? job.started_at : null)
    if (!at || at < latest) return
    begun[index] = at
    latest = at
  })
  const reached = begun.length - 1
  return plan.map((name, index) => {
    const from = begun[index]
    const end = begun.slice(index + 1).find(Boolean) ?? job.ended_at
    const state = stateOf(job, index - reached)
    return { name, state, took: from ? span(from, end, locale, now) : '' }
  })
}

/** The state of a step that many places after the one that was reached last. */
function stateOf(job: JobDetail, after: number): StepView['state'] {
  if (after < 0 || job.state === 'succeeded') return 'done'
  const over = hasEnded(job)
  if (after > 0) return over ? 'skipped' : 'waiting'
  if (!over) return 'running'
  return job.state === 'cancelled' ? 'skipped' : 'failed'
}

export function useSteps(
  job: MaybeRefOrGetter<JobDetail | undefined>,
  locale: MaybeRefOrGetter<string>,
  now: MaybeRefOrGetter<number>,
) {
  return computed(() => {
    const value = toValue(job)
    return value ? stepsOf(value, toValue(locale), toValue(now)) : []
  })
}
