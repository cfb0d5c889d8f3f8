import { describe, expect, it } from 'vitest'
import type { JobDetail } from '@/api/jobs'
import { stepsOf } from './useSteps'

const at = (second: number) => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`

function conversion(change: Partial<JobDetail>): JobDetail {
  return {
    id: 1,
    kind: 'convert',
    state: 'running',
    title: '',
    model: 'a/b',
    artifact: 1,
    device: null,
    engine: 'openvino',
    any_device: false,
    abilities: [],
    files: [],
    progress: { step: '', fraction: 0, text: '' },
    cancel: 'none',
    failure: null,
    waiting: null,
    queue_position: null,
    eta: null,
    spec: { steps: ['pytorch_to_onnx', 'onnx_to_openvino'] },
    result: {},
    created_by: 'olga',
    retry_of: null,
    created_at: at(0),
    started_at: at(1),
    ended_at: null,
    expires_at: at(59),
    steps: [],
    attempts: [],
    urgency: 'normal',
    can_cancel: true,
    can_retry: false,
    ...change,
  }
}

const states = (job: JobDetail) =>
  stepsOf(job, 'en', Date.parse(at(30))).map((step) =>
    `${step.name} ${step.state} ${step.took}`.trim(),
  )

describe('the steps of a conversion', () => {
  it('are known before it begins', () => {
    expect(states(conversion({ state: 'queued' }))).toEqual([
      'pytorch_to_onnx waiting',
      'onnx_to_openvino waiting',
      'check waiting',
      'store waiting',
    ])
  })

  it('show the first as failed where the job ended before any was told of', () => {
    expect(states(conversion({ state: 'failed', ended_at: at(2) }))).toEqual([
      'pytorch_to_onnx failed 1 s',
      'onnx_to_openvino skipped',
      'check skipped',
      'store skipped',
    ])
  })

  it('grow while they run', () => {
    const steps = [
      { name: 'pytorch_to_onnx', at: at(2) },
      { name: 'onnx_to_openvino', at: at(10) },
    ]
    expect(states(conversion({ steps })).slice(0, 3)).toEqual([
      'pytorch_to_onnx done 8 s',
      'onnx_to_openvino running 20 s',
      'check waiting',
    ])
  })

  it('count as done when they passed too quickly to be told', () => {
    const job = conversion({
      state: 'succeeded',
      ended_at: at(20),
      steps: [{ name: 'check', at: at(12) }],
    })
    expect(states(job)).toEqual([
      'pytorch_to_onnx done',
      'onnx_to_openvino done',
      'check done 8 s',
      'store done',
    ])
  })

  it('are not mistaken for the parts of a step that share their name', () => {
    const steps = [
      { name: 'pytorch_to_onnx', at: at(2) },
      { name: 'check', at: at(5) },
      { name: 'onnx_to_openvino', at: at(10) },
    ]
    const job = conversion({ state: 'failed', ended_at: at(20), steps })
    expect(states(job)).toEqual([
      'pytorch_to_onnx done 8 s',
      'onnx_to_openvino failed 10 s',
      'check skipped',
      'store skipped',
    ])
  })
})
