import { type Strings, stringsFor } from '../strings'
import type { OptionsView } from '../views'
import { Page } from './layout'
import { FrameNotice, LineNotices, Notice } from './parts'
import { renderDocument } from './render'

/** The crossroads after sign-in: large tiles, each a link. An order under way comes first. */
export function renderOptions(view: OptionsView): string {
  const { frame, openOrder, hasLines, deviceProblem } = view
  const t = stringsFor(frame.language)
  const tiles = [
    ...(openOrder === undefined
      ? []
      : [{ href: openOrder.path, title: t.options.open, text: t.options.openText(openOrder.planName) }]),
    ...view.sims.map((sim) => ({ href: sim.path, ...simWords(sim, t) })),
    ...(view.newEsim ? [{ href: '/portal/plans', title: t.options.newPlan, text: t.options.newPlanText }] : []),
    {
      href: '/portal/account',
      title: t.options.myPlans,
      text: hasLines ? t.options.myPlansText : t.options.noPlansText,
    },
  ]
  const leads = openOrder !== undefined || view.sims.some(({ card }) => card)
  return renderDocument(
    <Page frame={frame} page="options" title={t.options.title}>
      <h1>{t.options.title}</h1>
      <FrameNotice frame={frame} />
      {deviceProblem !== undefined && (
        <Notice kind="problem" title={t.options.problem}>
          {deviceProblem.text}
          {deviceProblem.path !== undefined && (
            <>
              {' '}
              <a href={deviceProblem.path}>{t.options.problemLink}</a>
            </>
          )}
        </Notice>
      )}
      <LineNotices notices={view.notices} frame={frame} />
      <ul class="tiles choices">
        {tiles.map(({ href, title, text }, index) => (
          <li>
            <a class={leads && index === 0 ? 'tile go first' : 'tile go'} href={href}>
              <strong class="title">{title}</strong>
              <span class="text">{text}</span>
            </a>
          </li>
        ))}
      </ul>
    </Page>,
  )
}

function simWords({ kind, end, card }: OptionsView['sims'][number], { options: o }: Strings) {
  if (kind === 'warm-sim') return { title: o.activateCard, text: o.activateCardText(end) }
  return card ? { title: o.addToCard, text: o.addToCardText(end) } : { title: o.addToLine(end), text: o.addToLineText }
}
