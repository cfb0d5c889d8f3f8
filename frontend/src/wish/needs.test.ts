import { expect, it } from 'vitest'
import { abilitiesOf, needsOf } from './needs'

it('writes what is asked for and reads it back', () => {
  const needs = { memory: 4, cores: '', accelerator: 'NVIDIA Orin', words: 'aarch64,  Coral ,' }
  const abilities = abilitiesOf(needs)
  expect(abilities).toEqual(['memory>=4', 'accelerator=NVIDIA Orin', 'aarch64', 'Coral'])
  expect(needsOf(abilities)).toEqual({
    memory: '4',
    cores: '',
    accelerator: 'NVIDIA Orin',
    words: 'aarch64, Coral',
  })
})

it('asks for nothing where nothing is filled in', () => {
  expect(abilitiesOf(needsOf([]))).toEqual([])
})
