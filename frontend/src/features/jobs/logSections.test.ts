import { describe, expect, it } from 'vitest'
import { sectionsOf } from './logSections'

describe('a log', () => {
  it('is cut where a step begins and keeps the numbers of the raw file', () => {
    const sections = sectionsOf(['hello', '== check', 'one', 'two'])

    expect(sections.map((section) => section.step)).toEqual(['', 'check'])
    expect(sections[1]?.lines.map((line) => line.number)).toEqual([3, 4])
  })

  it('tells the time of a line apart from its text', () => {
    const [section] = sectionsOf(['06:25:04 == save', '06:25:04 save: model.xml', 'no time'])

    expect(section?.step).toBe('save')
    expect(section?.lines.map((line) => [line.time, line.text])).toEqual([
      ['06:25:04', 'save: model.xml'],
      ['', 'no time'],
    ])
  })

  it('tells how long each step took, over midnight too', () => {
    const sections = sectionsOf(['23:59:58 == check', '23:59:59 one', '00:00:04 == store', 'two'])

    expect(sections.map((section) => section.took)).toEqual([6, null])
    expect(sectionsOf(['10:00:00 == a', '10:01:05 b']).map(({ took }) => took)).toEqual([65])
  })

  it('has its errors and warnings told apart from the rest', () => {
    const [section] = sectionsOf(['error: no kernel', 'UserWarning: x', 'a warning', 'terror'])

    expect(section?.lines.map((line) => line.look)).toEqual(['error', 'plain', 'warning', 'plain'])
  })
})
