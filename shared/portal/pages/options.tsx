import { stringsFor } from '../strings'
import type { OptionsView } from '../views'
import { Page } from './layout'
import { FrameNotice, Notice } from './parts'
import { renderDocument } from './render'

/** The crossroads after sign-in: large tiles, each a link. An order under way comes first. */
export function renderOptions({ frame, openOrder, hasLines, deviceProblem }: OptionsView): string {
  const t = stringsFor(frame.language)
  const tiles = [
    ...(openOrder === undefined
      ? []
      : [{ href: openOrder.path, title: t.options.open, text: t.options.openText(openOrder.planName) }]),
    { href: '/portal/plans', title: t.options.newPlan, text: t.options.newPlanText },
    {
      href: '/portal/account',
      title: t.options.myPlans,
      text: hasLines ? t.options.myPlansText : t.options.noPlansText,
    },
  ]
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
      <ul class="tiles choices">
        {tiles.map(({ href, title, text }, index) => (
          <li>
            <a class={openOrder !== undefined && index === 0 ? 'tile go first' : 'tile go'} href={href}>
              <strong class="title">{title}</strong>
              <span class="text">{text}</span>
            </a>
          </li>
        ))}
      </ul>
    </Page>,
  )
}
