import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { hasEnded, type JobDetail } from '@/api/jobs'
import { span } from '@/lib/format'

export interface StepView {
  name: string
  state: 'done' | 'failed' | 'running' | 'waiting' | 'skipped'
  took: string
}

/** The steps that a job of its kind goes through, in their order. */
function planned(job: JobDetail): string[] {
  if (job.kind === 'benchmark') return ['download', 'measure', 'report']
  const steps = Array.isArray(job.spec['steps']) ? job.spec['steps'].map(String) : []
  return [...steps, 'check', 'store']
}

/** Steps begun and steps to come: what began but was not foreseen stands where it began. */
export function stepsOf(job: JobDetail, now: number): StepView[] {
  const begun = job.steps.map((step) => step.name)
  const rest = planned(job).filter((name) => !begun.includes(name))
  const over = hasEnded(job)
  return [...begun, ...rest].map((name, index): StepView => {
    const start = job.steps[index]
    if (!start) return { name, state: over ? 'skipped' : 'waiting', took: '' }
    const last = index === begun.length - 1
    const end = job.steps[index + 1]?.at ?? job.ended_at
    return { name, state: stateOf(job, last, over), took: span(start.at, end, now) }
  })
}

function stateOf(job: JobDetail, last: boolean, over: boolean): StepView['state'] {
  if (!last || job.state === 'succeeded') return 'done'
  if (!over) return 'running'
  return job.state === 'cancelled' ? 'skipped' : 'failed'
}

export function useSteps(
  job: MaybeRefOrGetter<JobDetail | undefined>,
  now: MaybeRefOrGetter<number>,
) {
  return computed(() => {
    const value = toValue(job)
    return value ? stepsOf(value, toValue(now)) : []
  })
}
