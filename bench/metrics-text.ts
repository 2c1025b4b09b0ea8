/** Reads the text format that Prometheus scrapes. */

/** One line: a metric, its labels and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Every sample of the metric of that name. */
export function samplesOf(text: string, metric: string): Sample[] {
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    if (!line.startsWith(metric)) continue
    const [, name, labels = '', value] = /^([a-zA-Z_:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    if (name !== metric) continue
    const pairs = [...labels.matchAll(/([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
      key,
      text,
    ])
    samples.push({ labels: Object.fromEntries(pairs), value: Number(value) })
  }
  return samples
}

/** The sum over the samples whose labels are as given. */
export function sumOf(samples: readonly Sample[], labels: Readonly<Record<string, string>> = {}): number {
  const isMeant = (sample: Sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value)
  return samples.filter(isMeant).reduce((sum, { value }) => sum + value, 0)
}
