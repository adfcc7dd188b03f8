import { useLanguage, useTranslation } from '../../components/translate.tsx'

interface ChartProps {
  /** Unique on the page. */
  readonly id: string
  readonly title: string
  /** The chart's content in a sentence. */
  readonly summary: string
  /** Values with their days, in seconds since 1970. */
  readonly bars: readonly { readonly at: number; readonly value: number }[]
  readonly danger?: boolean
}

const WIDTH = 600
const HEIGHT = 160
const GAP = 4

/** A number per day, as bars; with an equivalent sentence and table. */
export const Chart = ({ id, title, summary, bars, danger = false }: ChartProps) => {
  const t = useTranslation()
  const { day, number } = useLanguage()
  const most = Math.max(1, ...bars.map(({ value }) => value))
  const step = WIDTH / bars.length
  return (
    <section class="card chart" aria-labelledby={`${id}-heading`}>
      <h2 id={`${id}-heading`}>{title}</h2>
      <p class="muted small">{summary}</p>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-labelledby={`${id}-title ${id}-desc`}
        class={danger ? 'danger' : undefined}
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-desc`}>{summary}</desc>
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        {bars.map(({ at, value }, index) => {
          const height = value === 0 ? 0 : Math.max(2, Math.round((value / most) * (HEIGHT - 8)))
          return (
            <rect
              x={Math.round(index * step + GAP / 2)}
              y={HEIGHT - height}
              width={Math.round(step - GAP)}
              height={height}
              rx="2"
            >
              <title>
                {day(at)}: {number(value)}
              </title>
            </rect>
          )
        })}
      </svg>
      <p class="spread muted small" aria-hidden="true">
        <span>{day(bars[0]?.at ?? 0)}</span>
        <span>{day(bars.at(-1)?.at ?? 0)}</span>
      </p>
      <details>
        <summary>{t('As a table')}</summary>
        <table class="figures" aria-labelledby={`${id}-heading`}>
          <thead>
            <tr>
              <th scope="col">{t('Day')}</th>
              <th scope="col">{t('Number')}</th>
            </tr>
          </thead>
          <tbody>
            {bars.toReversed().map(({ at, value }) => (
              <tr>
                <th scope="row">{day(at)}</th>
                <td>{number(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  )
}
