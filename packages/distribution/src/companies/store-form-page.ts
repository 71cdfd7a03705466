import type { Locale, Text } from '../i18n/locale.ts'
import { type Html, html } from '../pages/html.ts'
import type { Page } from '../pages/layout.ts'
import type { CompanyChoices } from './company-choices.ts'
import { type FieldProblem, inFieldOrder } from './store-fields.ts'
import { type FieldLook, fieldGroups } from './store-form-fields.ts'

interface FormView {
  /** What the person typed. */
  readonly values: Readonly<Record<string, string>>
  readonly problems: readonly FieldProblem[]
  readonly choices: CompanyChoices
  /** The store that already has this identification or e-mail. */
  readonly existingCompanyId?: number | null
}

/** The form for a new store, with what is wrong beside each field; it works without script. */
export function storeFormPage(given: FormView, locale: Locale): Page {
  const view = { ...given, problems: inFieldOrder(given.problems) }
  return {
    title: texts.title,
    section: 'stores',
    content: html`<p class="back"><a href="/">${texts.back[locale]}</a></p>
<div class="page-head"><h1>${texts.title[locale]}</h1></div>
${view.problems.length > 0 && summary(view, locale)}
<form method="post" action="/stores" novalidate class="store-form">
<p class="muted">${texts.required[locale]} <span class="required" aria-hidden="true">*</span></p>
${fieldGroups(view.choices).map(
  ({ key, legend, fields }) => html`<fieldset class="panel group-${key}">
<legend>${legend[locale]}</legend>
<div class="fields">${fields.map((field) => formField(field, view, locale))}</div>
</fieldset>`,
)}
<div class="form-actions">
<button class="button">${texts.submit[locale]}</button>
<p class="muted">${texts.submitHelp[locale]}</p>
</div>
</form>`,
  }
}

function summary({ problems, existingCompanyId }: FormView, locale: Locale): Html {
  return html`<div class="problems" role="alert">
<p><strong>${summaryText(problems.length)[locale]}</strong></p>
<ul>${problems.map(({ field, text }) => html`<li><a class="problem-link" href="#${field}">${text[locale]}</a></li>`)}</ul>
${existingCompanyId && html`<p><a class="button button-quiet" href="/stores/${existingCompanyId}">${texts.existing[locale]}</a></p>`}
</div>`
}

function formField(field: FieldLook, view: FormView, locale: Locale): Html {
  const problem = view.problems.find((each) => each.field === field.name)
  const isFirst = view.problems[0]?.field === field.name
  const value = view.values[field.name] ?? ''
  if (field.isCheckbox)
    return checkbox(field, attributesOf(field, problem, isFirst), { isChecked: value !== '', locale })
  return html`<div class="field field-${field.name}${problem ? ' has-problem' : ''}">
<label for="${field.name}">${field.label[locale]}${field.isRequired && html` <span class="required" aria-hidden="true">*</span>`}</label>
${control(field, { attributes: attributesOf(field, problem, isFirst), value, locale })}
${field.hint && html`<p class="hint" id="${field.name}-hint">${field.hint[locale]}</p>`}
${problem && html`<p class="problem" id="${field.name}-problem"><span aria-hidden="true">!</span> ${problem.text[locale]}</p>`}
</div>`
}

interface Checkbox {
  readonly isChecked: boolean
  readonly locale: Locale
}

function checkbox({ name, label, hint }: FieldLook, attributes: Html, { isChecked, locale }: Checkbox): Html {
  return html`<div class="field field-${name}">
<label class="check"><input type="checkbox" ${attributes} value="yes"${isChecked && html` checked`}> <span>${label[locale]}</span></label>
${hint && html`<p class="hint" id="${name}-hint">${hint[locale]}</p>`}
</div>`
}

/** The first wrong field has the focus, so that a person starts typing where something is to be corrected. */
function attributesOf(field: FieldLook, problem: FieldProblem | undefined, isFirst: boolean): Html {
  const described = [field.hint && `${field.name}-hint`, problem && `${field.name}-problem`].filter(Boolean).join(' ')
  return html`id="${field.name}" name="${field.name}"${field.isRequired && html` required`}${
    problem && html` aria-invalid="true"`
  }${described && html` aria-describedby="${described}"`}${isFirst && html` autofocus`}`
}

interface Control {
  readonly attributes: Html
  readonly value: string
  readonly locale: Locale
}

function control(field: FieldLook, { attributes, value, locale }: Control): Html {
  if (field.options) {
    return html`<select ${attributes}>${field.options.map(
      (option) =>
        html`<option value="${option.value}"${option.value === value && html` selected`}>${option.text[locale]}</option>`,
    )}</select>`
  }
  return html`<input ${attributes} value="${value}"${Object.entries(field.input ?? {}).map(
    ([name, setting]) => html` ${name}="${setting}"`,
  )}>`
}

function summaryText(problems: number): Text {
  if (problems === 1) return { es: 'Falta corregir un dato:', en: 'One thing needs to be corrected:' }
  return { es: `Falta corregir ${problems} datos:`, en: `${problems} things need to be corrected:` }
}

const texts = {
  title: { es: 'Registrar tienda', en: 'Register a store' },
  back: { es: '← Todas las tiendas', en: '← All stores' },
  required: { es: 'Los campos obligatorios llevan', en: 'Required fields are marked with' },
  submit: { es: 'Registrar tienda', en: 'Register the store' },
  submitHelp: {
    es: 'La respuesta es inmediata; los productos se copian en segundo plano.',
    en: 'The answer is immediate; the products are copied in the background.',
  },
  existing: { es: 'Ver la tienda que ya existe', en: 'See the store that exists' },
} as const
