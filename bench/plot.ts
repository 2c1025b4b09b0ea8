/** The figures as a picture: each beside what limits it. */
import { Resvg } from '@resvg/resvg-js'
import { medianStorms, type Results } from './results.ts'
import { describeCircumstances } from './table.ts'

/** A group of bars on one scale. */
interface Panel {
  readonly title: string
  readonly unit: string
  readonly bars: readonly { readonly label: string; readonly value: number; readonly ours: boolean }[]
}

const width = 900
const labelWidth = 330
const barHeight = 22
const colours = { ours: '#2563eb', limit: '#94a3b8', text: '#0f172a', faint: '#475569' }
const fonts = 'DejaVu Sans, Liberation Sans, Noto Sans, Arial, sans-serif'

/** Draws them. Without a font on the machine the PNG has no letters; the SVG always has. */
export function plotResults(results: Results): { svg: string; png: Uint8Array } {
  const svg = drawPanels(panelsOf(results), describeCircumstances(results.circumstances).split('\n'))
  const image = new Resvg(svg, { font: { loadSystemFonts: true, defaultFontFamily: 'DejaVu Sans' } })
  return { svg, png: image.render().asPng() }
}

function panelsOf({ oneByOne, webhook, ...results }: Results): Panel[] {
  const storms = results.storms.map(medianStorms)
  const ours = (label: string, value: number) => ({ label, value, ours: true })
  const limit = (label: string, value: number) => ({ label, value, ours: false })
  const memory = storms.flatMap(({ operator, same }) => [
    ours(`operator, ${operator.environments}`, operator.peakMebibytes),
    limit(`loader without logic, ${operator.environments}`, same.peakMebibytes),
  ])
  return [
    ...storms.map(({ operator, same, posted }) => ({
      title: `Storm of ${operator.environments} environments`,
      unit: 'per second',
      bars: [
        ours('operator', operator.perSecond),
        limit('the same requests, no logic', same.perSecond),
        limit('the same, created by POST', posted.perSecond),
      ],
    })),
    {
      title: 'One environment on a calm day, to its last object',
      unit: 'ms, median',
      bars: [ours('operator', oneByOne.operator.p50), limit('the same requests, no logic', oneByOne.same.p50)],
    },
    {
      title: 'From webhook to commit',
      unit: 'ms, median',
      bars: [ours('server', webhook.total.p50), limit('three questions and one push by git alone', webhook.raw.p50)],
    },
    { title: 'Peak memory', unit: 'MiB', bars: memory },
  ]
}

function drawPanels(panels: readonly Panel[], foot: readonly string[]): string {
  const parts: string[] = []
  let y = 40
  parts.push(text(24, y, 'Tronador beside what limits it', { size: 20, weight: 'bold' }))
  for (const panel of panels) {
    y += 44
    parts.push(text(24, y, `${panel.title} (${panel.unit})`, { size: 14, weight: 'bold' }))
    const longest = Math.max(...panel.bars.map(({ value }) => value))
    for (const { label, value, ours } of panel.bars) {
      y += barHeight + 6
      const length = Math.max(1, ((width - labelWidth - 110) * value) / longest)
      const fill = ours ? colours.ours : colours.limit
      parts.push(text(24, y, label, { size: 13 }))
      parts.push(
        `<rect x="${labelWidth}" y="${y - 16}" width="${length.toFixed(1)}" height="${barHeight}" fill="${fill}"/>`,
      )
      parts.push(text(labelWidth + length + 8, y, value.toFixed(value < 100 ? 1 : 0), { size: 13 }))
    }
  }
  y += 20
  for (const line of foot) {
    y += 20
    parts.push(text(24, y, line, { size: 12, fill: colours.faint }))
  }
  const height = y + 24
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${fonts}"><rect width="${width}" height="${height}" fill="#ffffff"/>${parts.join('')}</svg>\n`
}

function text(x: number, y: number, words: string, look: { size: number; weight?: string; fill?: string }): string {
  const { size, weight = 'normal', fill = colours.text } = look
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped}</text>`
}
