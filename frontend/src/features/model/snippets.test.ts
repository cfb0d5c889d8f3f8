import { expect, test } from 'vitest'
import { tasksOf, WAYS } from './snippets'

test('each way of talking to the server fetches a version, and none asks the hub to convert', () => {
  const tasks = tasksOf({
    host: 'https://o.example',
    id: 'olga/gate',
    ref: '1.0',
    artifact: undefined,
    source: undefined,
  })
  const version = tasks.find((task) => task.key === 'version')
  const convert = tasks.find((task) => task.key === 'convert')

  for (const way of WAYS) expect(version?.code[way], way).toContain('1.0')
  expect(version?.code.ondol).toContain('ONDOL_URL=https://o.example')
  expect(version?.code.hf).toContain('HF_ENDPOINT=https://o.example/hf')
  expect(convert?.code.hf).toBeUndefined()
})
