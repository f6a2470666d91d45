import type { Child } from 'hono/jsx'
import { errorText, type Strings, stringsFor } from '../strings'
import type { FormState, Frame, LineNotice } from '../views'

/** The hidden field that every form carries. */
export function Csrf({ frame }: { frame: Frame }) {
  return frame.csrf === undefined ? null : <input type="hidden" name="csrf" value={frame.csrf} />
}

/** The way out that every page of a purchase offers (Mobile Plans portal policies: on-screen cancel). */
export function CancelForm({ frame, t }: { frame: Frame; t: Strings }) {
  return (
    <form method="post" action="/portal/cancel">
      <Csrf frame={frame} />
      <button class="button" type="submit">
        {t.cancel}
      </button>
    </form>
  )
}

/** A message on the page. Problems interrupt a screen reader, others wait. */
export function Notice(props: { kind: 'info' | 'success' | 'problem'; title: string; id?: string; children?: Child }) {
  return (
    <div
      class={`notice ${props.kind}`}
      role={props.kind === 'problem' ? 'alert' : 'status'}
      id={props.id}
      tabindex={-1}
    >
      <strong>{props.title}</strong>
      <div>{props.children}</div>
    </div>
  )
}

/** What the controller has to say about the visit. Its one place on every page is below the heading and its lead. */
export function FrameNotice({ frame: { notice, language } }: { frame: Frame }) {
  if (notice === undefined) return null
  return (
    <Notice kind={notice.kind} title={stringsFor(language).notice[notice.kind]}>
      {notice.text}
    </Notice>
  )
}

/** News of the person's lines, each with the way to what can be done. */
export function LineNotices({ notices, frame }: { notices: readonly LineNotice[]; frame: Frame }) {
  return (
    <>
      {notices.map(({ kind, title, text, link }) => (
        <Notice kind={kind} title={title}>
          {text}
          {link !== undefined && link.path !== frame.path && (
            <>
              {' '}
              <a href={link.path}>{link.text}</a>
            </>
          )}
        </Notice>
      ))}
    </>
  )
}

/** Errors of a form as a whole, although they stand at one of its fields. */
const ofWholeForm: ReadonlySet<string> = new Set(['sign-in', 'too-many'])

/**
 * All errors of a form, each linked to its field and led by the field's name, as "Please fill in this field." says too little away from it.
 *
 * @param fields names of the fields that are on the page, with the ids of their first control and their labels; a field without a label
 * has errors that name it themselves. Errors of other fields are shown without a link.
 */
export function ErrorSummary(props: {
  form: FormState
  t: Strings
  fields: Readonly<Record<string, { id: string; label?: string }>>
}) {
  const errors = Object.entries(props.form.errors)
  if (errors.length === 0) return null
  return (
    <Notice kind="problem" title={props.t.form.summary} id="errors">
      <ul>
        {errors.map(([name, error]) => {
          const field = props.fields[name]
          const named = field?.label !== undefined && !ofWholeForm.has(error)
          const text = `${named ? `${field.label}: ` : ''}${errorText(props.t, error)}`
          return <li>{field === undefined ? text : <a href={`#${field.id}`}>{text}</a>}</li>
        })}
      </ul>
    </Notice>
  )
}

/** The error under a field or a group, with the id that the control's `aria-describedby` names. */
export function FieldError({ name, form, t }: { name: string; form: FormState; t: Strings }) {
  const error = form.errors[name]
  if (error === undefined) return null
  return (
    <p class="error" id={`${name}-error`}>
      {errorText(t, error)}
    </p>
  )
}

/** What a text field is made of. */
export interface FieldProps {
  name: string
  label: string
  form: FormState
  t: Strings
  type?: 'text' | 'email' | 'password'
  autocomplete?: string
  hint?: string
  required?: boolean
  maxlength?: number
  numeric?: boolean
  /** Belongs to the form of this id although it stands outside. */
  of?: string
}

/** A labelled text field with hint and error. The browser's own checks stay off (`novalidate`): ours speak the page's language. */
export function Field(props: FieldProps) {
  const { name, form } = props
  const secret = props.type === 'password'
  const described = [
    props.hint === undefined ? undefined : `${name}-hint`,
    form.errors[name] === undefined ? undefined : `${name}-error`,
  ].filter((id) => id !== undefined)
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      {props.hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {props.hint}
        </p>
      )}
      <input
        id={name}
        name={name}
        type={props.type ?? 'text'}
        value={secret ? undefined : form.values[name]}
        autocomplete={props.autocomplete ?? 'off'}
        required={props.required ?? true}
        maxlength={props.maxlength}
        inputmode={props.numeric ? 'numeric' : undefined}
        form={props.of}
        spellcheck={false}
        autocapitalize={props.autocomplete === 'name' ? undefined : 'none'}
        aria-invalid={form.errors[name] === undefined ? undefined : 'true'}
        aria-describedby={described.length > 0 ? described.join(' ') : undefined}
      />
      <FieldError name={name} form={form} t={props.t} />
    </div>
  )
}

/** A list of facts, name beside value. Facts without a value are left out. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: Child | undefined])[] }) {
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
