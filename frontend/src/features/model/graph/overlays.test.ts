import { expect, test } from 'vitest'
import { mapTimes, timesOf } from './overlays'
import type { GraphNode, OperatorTimes } from '@/api/model'

function node(name: string, input: string, output = `${name}_output_0`): GraphNode {
  return {
    name,
    operator: name.split('/').at(-1) ?? '',
    inputs: [input],
    outputs: [output],
    shape: [],
    dtype: '',
    parameters: 0,
    weights: [],
    modules: [],
    attributes: {},
  }
}

function table(...operators: [string, string, number][]): OperatorTimes {
  return {
    benchmark: 1,
    job: 1,
    format: 'onnx',
    precision: 'fp32',
    device: 'board',
    engine: 'onnxruntime',
    threads: 1,
    p50_ms: 1,
    operators: operators.map(([name, operator, ms]) => ({ name, operator, ms })),
  }
}

const conv = node('/conv1/Conv', 'image')
const relu = node('/relu/Relu', '/conv1/Conv_output_0')
const mul = node('/act/Mul', '/relu/Relu_output_0')
const gemm = node('/fc/Gemm', '/act/Mul_output_0')
const nodes = [conv, relu, mul, gemm]

test('times go to the operators whose names the engine kept or made its own from', () => {
  const found = mapTimes(
    nodes,
    table(
      // Named after the tensor that the fused activation makes; it is still the convolution.
      ['/relu/Relu_output_0_nchwc', 'Conv', 3],
      ['/act/Mul/QuickGeluFusion/', 'QuickGelu', 2],
      ['/fc/Gemm', 'Gemm', 4],
      ['ReorderOutput_token_3', 'ReorderOutput', 1],
    ),
  )
  expect([conv, relu, mul, gemm].map((one) => found.of.get(one))).toEqual([3, undefined, 2, 4])
  expect([found.total, found.lost]).toEqual([10, 1])
})

test('a table of another graph is not offered', () => {
  const other = table(['/backbone/Conv', 'Conv', 9], ['/fc/Gemm', 'Gemm', 1])
  const own = table(['/fc/Gemm', 'Gemm', 1])
  expect(timesOf(nodes, [other, own]).map((found) => found.table)).toEqual([own])
})
