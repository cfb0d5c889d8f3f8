import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import GraphPane from './GraphPane.vue'
import type { Graph, GraphNode } from '@/api/model'
import { i18n } from '@/i18n'
import '@/testing/portal'

function node(name: string, operator: string): GraphNode {
  const shape = ['1', '8']
  return {
    name,
    operator,
    dtype: 'float32',
    shape,
    inputs: [],
    outputs: [],
    parameters: 0,
    weights: [],
    modules: [],
    attributes: {},
  }
}

const nodes = [node('/stem/Conv', 'Conv'), node('/stem/Relu', 'Relu'), node('/head/Gemm', 'Gemm')]
const graph = {
  path: 'model.onnx',
  format: 'onnx',
  inputs: [],
  outputs: [],
  choices: [],
  nodes,
} as unknown as Graph

function pane() {
  return mount(GraphPane, { props: { graph }, global: { plugins: [i18n] } })
}

describe('the graph of a model', () => {
  it('is found in by a field that has its label', async () => {
    const page = pane()
    const label = page.get('label')
    const field = page.get<HTMLInputElement>(`#${label.attributes('for') ?? ''}`)

    await field.setValue('relu')
    expect(page.findAll('button').map((button) => button.text())).toEqual(['Relu1×8'])

    await field.setValue('gemm')
    expect(page.findAll('button').map((button) => button.text())).toEqual(['Gemm1×8'])
  })

  it('marks the line that was chosen and tells its facts', async () => {
    const page = pane()
    await page.get('input').setValue('conv')
    const line = page.get('button')
    await line.trigger('click')

    expect(line.attributes('aria-pressed')).toBe('true')
    expect(page.get('dl').text()).toContain('float32 1×8')
  })

  it('tells of the whole model until a scope is turned open in the outline', async () => {
    const page = pane()
    expect(page.get('h2').text()).toBe('Whole model')
    expect(page.get('dl').text()).toContain('1 Gemm')

    const scope = page.get<HTMLDetailsElement>('details')
    scope.element.open = true
    await scope.trigger('toggle')

    expect(page.get('h2').text()).toBe('stem')
    expect(page.get('dl').text()).toContain('/stem')
    expect(page.get('dl').text()).not.toContain('Gemm')
  })
})
