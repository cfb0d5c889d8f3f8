import { expect, test } from 'vitest'
import LineageCard from './LineageCard.vue'
import { answers, show } from '@/testing/portal'

const line = (depth: number, kind: string, relation: string, more: object = {}) => ({
  ...{ depth, kind, relation, model: '', revision: '', artifact_id: null, label: '' },
  ...more,
})

test('each line says how it came from the one that it hangs on', async () => {
  answers('get', '/api/v1/models/olga/gate/lineage', {
    results: [
      line(0, 'hidden', ''),
      line(1, 'revision', 'trained', { model: 'olga/base', revision: 'b'.repeat(40) }),
      line(2, 'revision', 'federated_update', { model: 'olga/gate', revision: 'a'.repeat(40) }),
      line(3, 'artifact', 'uploaded', { label: 'onnx fp32' }),
      line(4, 'artifact', 'converted', { label: 'onnx int8' }),
    ],
  })
  await show(LineageCard, '/', { owner: 'olga', name: 'gate' })

  const lines = [...document.querySelectorAll('li')].map((row) =>
    [...row.children].map((part) => part.textContent.trim()).join(' '),
  )
  expect(lines).toEqual([
    'a model you may not see ',
    'olga/base bbbbbbb trained by a model you may not see',
    'olga/gate aaaaaaa federated update of olga/base bbbbbbb',
    'ONNX fp32 uploaded',
    'ONNX int8 converted from ONNX fp32',
  ])
})
