import { ApplicationError } from '../../errors.ts'
import type { PlannedTax } from '../plan/plan.ts'

/** A key of the store's table takes a tax of the distributor for another one that is there: its tables were not made ready for copies. */
export class TaxTakenError extends ApplicationError {
  readonly code = 'TAX_TAKEN'

  constructor({ name, percentage }: PlannedTax, companyId: number) {
    super({
      es: `La tienda ${companyId} no deja guardar el impuesto «${name}» (${percentage} %): una clave única de su tabla cnf_taxes lo toma por otro. Ejecute «tenants:migrate» y reanude la copia.`,
      en: `Store ${companyId} does not let the tax "${name}" (${percentage} %) be kept: a unique key of its table cnf_taxes takes it for another. Run "tenants:migrate", and resume the copy.`,
    })
  }
}
