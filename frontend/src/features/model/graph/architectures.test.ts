import { expect, test } from 'vitest'
import { layOut, type Box, type Drawing } from './layout'
import { foldRepeats } from './repeats'
import { scopesOf } from './scopes'
import { firstOpen, viewOf, type View } from './view'
import type { Point } from './ways'
import type { GraphNode } from '@/api/model'

/** A graph being written, with the names that PyTorch's exporter gives. */
class Net {
  readonly nodes: GraphNode[] = []

  add(name: string, ...inputs: string[]): string {
    const operator = (name.split('/').at(-1) ?? '').replace(/_\d+$/, '')
    const output = `${name}_output`
    this.nodes.push({
      name,
      operator,
      inputs,
      outputs: [output],
      shape: [],
      dtype: '',
      parameters: 1,
      weights: [],
      modules: [],
      attributes: {},
    })
    return output
  }

  /** Operators one after another. */
  run(flow: string, ...names: string[]): string {
    return names.reduce((before, name) => this.add(name, before), flow)
  }

  /** What the portal draws of it at first. */
  get view(): View {
    const root = foldRepeats(scopesOf(this.nodes))
    return viewOf(root, firstOpen(root))
  }
}

const labels = (view: View) => view.units.map((unit) => unit.label)
const folded = (view: View) => view.units.filter((unit) => unit.scope).map((unit) => unit.label)
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at)

const apart = (one: Box, other: Box) =>
  one.x + one.width <= other.x ||
  other.x + other.width <= one.x ||
  one.y + one.height <= other.y ||
  other.y + other.height <= one.y

const around = (one: Point, other: Point): Box => ({
  id: '',
  x: Math.min(one.x, other.x),
  y: Math.min(one.y, other.y),
  width: Math.abs(one.x - other.x),
  height: Math.abs(one.y - other.y),
})

/** Every line goes down or across, and touches no box but those that it joins. */
function leadsAround(view: View, { boxes, ways }: Drawing) {
  for (const [from, to] of view.edges) {
    const way = ways.get(`${from} ${to}`) ?? []
    const others = [...boxes.values()].filter(({ id }) => id !== from && id !== to)
    for (const [at, next] of way.slice(1).entries()) {
      const line = around(way[at] as Point, next)
      expect(Math.min(line.width, line.height)).toBeLessThan(1)
      expect(others.filter((box) => !apart(line, box))).toEqual([])
    }
  }
}

/**
 * Data goes downwards only, no box lies on another or on a line, and no frame reaches over what is
 * not in it.
 */
function looksRight(view: View) {
  const drawing = layOut(view)
  const { boxes, frames } = drawing
  leadsAround(view, drawing)
  for (const [from, to] of view.edges) {
    expect(boxes.get(from)?.y).toBeLessThan(boxes.get(to)?.y ?? 0)
  }
  const all = [...boxes.values()]
  for (const [at, one] of all.entries()) {
    for (const other of all.slice(at + 1)) expect(apart(one, other)).toBe(true)
  }
  for (const frame of frames) {
    const outside = view.units.filter((unit) => !unit.within.includes(frame.id))
    const boxesOutside = outside.flatMap((unit) => boxes.get(unit.id) ?? [])
    expect(boxesOutside.filter((box) => !apart(frame, box))).toEqual([])
  }
}

test('a VGG-16 is one chain of its 13 convolutions', () => {
  const net = new Net()
  let flow = 'image'
  let at = 0
  const next = (operator: string) => {
    flow = net.add(`/features/features.${at}/${operator}`, flow)
    at += 1
  }
  for (const depth of [2, 2, 3, 3, 3]) {
    numbers(depth).forEach(() => {
      next('Conv')
      next('Relu')
    })
    next('MaxPool')
  }
  flow = net.run(flow, '/avgpool/AveragePool', '/Flatten')
  const ends = ['0/Gemm', '1/Relu', '3/Gemm', '4/Relu', '6/Gemm']
  net.run(flow, ...ends.map((end) => `/classifier/classifier.${end}`))
  const { view } = net

  expect(view.units.filter((unit) => unit.node?.operator === 'Conv')).toHaveLength(13)
  expect(folded(view)).toEqual([])
  expect(view.edges).toHaveLength(view.units.length - 1)
  looksRight(view)
})

test('a ResNet-50 is 16 blocks of 3 convolutions between 2 layers', () => {
  const net = new Net()
  let flow = net.run('image', '/conv1/Conv', '/relu/Relu', '/maxpool/MaxPool')
  for (const [stage, depth] of [3, 4, 6, 3].entries()) {
    for (const block of numbers(depth)) {
      const scope = `/layer${stage + 1}/layer${stage + 1}.${block}`
      const inner = ['conv1/Conv', 'relu/Relu', 'conv2/Conv', 'relu/Relu_1', 'conv3/Conv']
      const body = net.run(flow, ...inner.map((name) => `${scope}/${name}`))
      const side = block ? flow : net.add(`${scope}/downsample/downsample.0/Conv`, flow)
      flow = net.run(net.add(`${scope}/Add`, body, side), `${scope}/relu/Relu_2`)
    }
  }
  net.run(flow, '/avgpool/GlobalAveragePool', '/Flatten', '/fc/Gemm')
  const { view } = net
  const blocks = view.units.flatMap((unit) => (unit.scope ? [unit] : []))
  const convolutions = (id: string) =>
    net.nodes.filter((node) => node.name.startsWith(`${id}/conv`)).length
  const layers = view.units.filter((unit) => /Conv|Gemm/.test(unit.node?.operator ?? ''))

  expect(blocks).toHaveLength(16)
  expect(blocks.map((block) => convolutions(block.id))).toEqual(Array(16).fill(3))
  expect(layers.map((unit) => unit.label)).toEqual(['conv1', 'fc'])
  looksRight(view)
})

test('a DenseNet-121 is four dense blocks with the transitions between them', () => {
  const net = new Net()
  let flow = net.run('image', '/features/conv0/Conv', '/features/relu0/Relu')
  for (const [stage, depth] of [6, 12, 24, 16].entries()) {
    const scope = `/features/denseblock${stage + 1}`
    const all = [flow]
    for (const layer of numbers(depth)) {
      const inside = `${scope}/denselayer${layer + 1}`
      const joined = net.add(`${inside}/Concat`, ...all)
      all.push(net.run(joined, `${inside}/relu1/Relu`, `${inside}/conv1/Conv`))
    }
    flow = net.add(`${scope}/Concat`, ...all)
    const transition = `/features/transition${stage + 1}`
    if (stage < 3) flow = net.run(flow, `${transition}/conv/Conv`, `${transition}/pool/AveragePool`)
  }
  net.run(flow, '/GlobalAveragePool', '/classifier/Gemm')
  const { view } = net

  expect(folded(view).filter((label) => label.startsWith('denseblock'))).toHaveLength(4)
  expect(labels(view).at(-1)).toBe('classifier')
  looksRight(view)
})

test('a MobileNetV2 is its numbered blocks, each closed', () => {
  const net = new Net()
  let flow = net.run('image', '/features/features.0/features.0.0/Conv', '/features/features.0/Clip')
  for (const block of numbers(17)) {
    const scope = `/features/features.${block + 1}`
    const body = net.run(
      flow,
      `${scope}/conv/conv.0/conv.0.0/Conv`,
      `${scope}/conv/conv.0/conv.0.2/Clip`,
      `${scope}/conv/conv.1/Conv`,
    )
    flow = block % 2 ? net.add(`${scope}/Add`, body, flow) : body
  }
  net.run(flow, '/GlobalAveragePool', '/classifier/classifier.1/Gemm')
  const { view } = net

  expect(folded(view)).toEqual(numbers(18).map((block) => `features.${block}`))
  looksRight(view)
})

test('a detector shows backbone, neck and head as its modules, with the ways across', () => {
  const net = new Net()
  const made: string[] = []
  const module = (...inputs: string[]) => {
    const scope = `/model.${made.length}`
    const joined = inputs.length > 1 ? net.add(`${scope}/Concat`, ...inputs) : (inputs[0] ?? '')
    const body = ['cv1/conv/Conv', 'cv1/act/Mul', 'cv2/conv/Conv', 'cv2/act/Mul']
    made.push(net.run(joined, ...body.map((name) => `${scope}/${name}`)))
    return made.at(-1) ?? ''
  }
  let flow = 'image'
  numbers(10).forEach(() => {
    flow = module(flow)
  })
  const [four, six, nine] = [made[4] ?? '', made[6] ?? '', made[9] ?? '']
  const up = module(nine, six)
  const small = module(up, four)
  const middle = module(small, up)
  const large = module(middle, nine)
  const head = [small, middle, large].map((scale, at) =>
    net.run(scale, `/model.14/cv2.${at}/cv2.${at}.0/Conv`, `/model.14/cv2.${at}/cv2.${at}.2/Conv`),
  )
  net.add('/model.14/Concat_3', ...head)
  const { view } = net

  expect(folded(view)).toEqual(numbers(15).map((at) => `model.${at}`))
  const across = view.edges.filter(([from]) => from === '/model.4' || from === '/model.6')
  expect(across.map(([, to]) => to).sort()).toEqual([
    '/model.10',
    '/model.11',
    '/model.5',
    '/model.7',
  ])
  expect(view.edges.filter(([, to]) => to === '/model.14')).toHaveLength(3)
  looksRight(view)
})

test('blocks unfolded within each other keep clear of what stands before and after', () => {
  const net = new Net()
  let flow = net.add('/stem/Conv', 'image')
  for (const block of numbers(3)) {
    const steps = `/features/features.${block}/steps`
    const inner = net.run(flow, `${steps}/steps.0/Conv`, `${steps}/steps.1/Relu`)
    const gate = net.run(inner, `${steps}/steps.2/gate/Pool`, `${steps}/steps.2/gate/Conv`)
    const scaled = net.add(`${steps}/steps.2/Mul`, gate, inner)
    flow = net.add(
      `/features/features.${block}/Add`,
      net.add(`${steps}/steps.3/Conv`, scaled),
      flow,
    )
  }
  net.add('/head/Gemm', flow)
  const root = scopesOf(net.nodes)
  const block = '/features/features.1'
  const inside = ['/steps', '/steps/steps.2', '/steps/steps.2/gate'].map((one) => block + one)

  looksRight(viewOf(root, new Set(['/features', block, ...inside])))
})
