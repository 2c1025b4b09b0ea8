/**
 * What a person sees while the cluster is built and started: one line per stage with its seconds. On a terminal the
 * running stages are redrawn in place; elsewhere each change worth a line is a line.
 */

/** Where progress is shown. */
export interface Progress {
  /** Begins a stage. Several may run at once. */
  stage(title: string): Stage
  /** Prints a line of its own, above the stages that run. */
  note(line: string): void
  /** Ends the stages that still run: each is shown as stopped, and what it says after that is not. */
  stopRunning(): void
}

/** One stage: exactly one of `done` and `fail` ends it. */
export interface Stage {
  /** What it is at, replacing what was said before. */
  update(detail: string): void
  /** How far it is; shown as a percentage before the detail. */
  advance(done: number, planned: number): void
  done(detail?: string): void
  fail(detail: string): void
}

/** Shows nothing: for tests and for callers that speak for themselves. */
export const silentProgress: Progress = {
  stage: () => ({ update() {}, advance() {}, done() {}, fail() {} }),
  note() {},
  stopRunning() {},
}

interface Running {
  readonly title: string
  readonly began: number
  detail: string
  percent: number | undefined
  /** Last thing and moment printed, where lines cannot be redrawn. */
  printed: { percent: number; at: number }
}

/** Shows progress on a stream (standard error as a rule). */
export function createProgress(options: {
  readonly stream: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  /** Milliseconds. */
  readonly now?: () => number
}): Progress {
  const { stream, now = () => performance.now() } = options
  const running = new Set<Running>()
  const isTerminal = stream.isTTY === true
  let drawn = 0
  let ticker: NodeJS.Timeout | undefined

  function erase(): void {
    if (drawn > 0) stream.write(`\x1b[${drawn}A\x1b[0J`)
    drawn = 0
  }
  function draw(): void {
    if (!isTerminal) return
    erase()
    const width = (stream.columns ?? 100) - 1
    for (const stage of running) stream.write(`${describe(stage, '…', now()).slice(0, width)}\n`)
    drawn = running.size
    if (running.size === 0) clearInterval(ticker)
    if (running.size === 0) ticker = undefined
    else ticker ??= setInterval(draw, 250).unref()
  }
  function print(line: string): void {
    erase()
    stream.write(`${line}\n`)
    draw()
  }
  function changed(stage: Running): void {
    if (isTerminal || !running.has(stage) || !isWorthALine(stage, now())) return
    stage.printed = { percent: stage.percent ?? 0, at: now() }
    stream.write(`${describe(stage, '…', now())}\n`)
  }

  function end(stage: Running, mark: string, detail: string): void {
    if (running.delete(stage)) print(describe({ ...stage, detail, percent: undefined }, mark, now()))
  }

  return {
    note: print,
    stopRunning() {
      for (const stage of [...running]) end(stage, '–', 'stopped')
    },
    stage(title) {
      const began = now()
      const stage: Running = { title, began, detail: '', percent: undefined, printed: { percent: 0, at: began } }
      running.add(stage)
      draw()
      return {
        update(detail) {
          stage.detail = detail
          changed(stage)
        },
        advance(done, planned) {
          stage.percent = percentOf(done, planned)
          changed(stage)
        },
        done: (detail = '') => end(stage, '✓', detail),
        fail: (detail) => end(stage, '✗', detail),
      }
    },
  }
}

/** Whole percent, never 100 before the end. */
export function percentOf(done: number, planned: number): number {
  if (planned <= 0) return 0
  return done >= planned ? 100 : Math.min(99, Math.floor((100 * done) / planned))
}

/** Without a terminal: a line each ten percent, and one every half minute at most for what has no percentage. */
function isWorthALine(stage: Running, now: number): boolean {
  if (stage.percent !== undefined && stage.percent >= stage.printed.percent + 10) return true
  return now - stage.printed.at >= 30_000
}

function describe(stage: Pick<Running, 'title' | 'began' | 'detail' | 'percent'>, mark: string, now: number): string {
  const seconds = `${((now - stage.began) / 1000).toFixed(1)} s`
  const percent = stage.percent === undefined ? '' : `${stage.percent} %`
  return [mark, seconds.padStart(8), ` ${stage.title}`, percent, stage.detail].filter((part) => part !== '').join(' ')
}
