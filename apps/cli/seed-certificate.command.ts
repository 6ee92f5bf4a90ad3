import {
  checkSeed,
  findBroken,
  findForgery,
  isProven,
  planSeed,
  shapeText,
  type CertificateProblem,
  type SeedCertificate,
} from '#replay';
import type { CliContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { checkTarget, getCertificate, keepCertificate, withCertificates } from './seed-certificates.js';
import type { SeedTargetFlags } from './seed-options.js';
import { withSeed } from './seed-session.js';
import { renderCertificate, renderCertificates, renderProblems, renderSeedCheck } from './seed.view.js';

const LISTED = 50;
const NAMED_KEYS = 20;

/** `plumbline seed certify`: a certificate of what a target holds now. */
export async function certifyTarget(context: CliContext, entity: string, flags: SeedTargetFlags): Promise<void> {
  await withCertificates(context, (certificates) =>
    withSeed(context, entity, flags, async (session) => {
      const found = await checkTarget(session, NAMED_KEYS);
      if (!isProven(found)) {
        context.exit(EXIT.failed);
        return context.output.result({ certificate: null, ...found }, () => renderSeedCheck(found));
      }
      const certificate = await keepCertificate(context, session, found, certificates);
      context.output.result({ certificate }, () => renderCertificate(certificate));
    }),
  );
}

/** `plumbline seed certificate`: lists them, or verifies one, with `--to` against its target as it is now. */
export async function showCertificate(
  context: CliContext,
  id: string | undefined,
  flags: SeedTargetFlags,
): Promise<void> {
  await withCertificates(context, async (certificates) => {
    if (id === undefined) {
      const list = await certificates.store.list(LISTED);
      return context.output.result({ certificates: list }, () => renderCertificates(list));
    }
    const certificate = await getCertificate(certificates, id);
    const forgery = findForgery(certificate, certificates.keys.byId);
    const broken = forgery === null && flags.to !== undefined ? await compare(context, certificate, flags) : [];
    const problems = forgery ? [forgery] : broken;
    if (problems.length > 0) context.exit(EXIT.failed);
    const isCompared = forgery === null && flags.to !== undefined;
    const data = { certificate, isSigned: forgery === null, isCompared, problems };
    context.output.result(data, () => `${renderCertificate(certificate)}\n${renderProblems(problems, isCompared)}`);
  });
}

/** The certificate itself says what of the topic the target holds. */
async function compare(
  context: CliContext,
  certificate: SeedCertificate,
  { to, table }: SeedTargetFlags,
): Promise<readonly CertificateProblem[]> {
  const { entity, shape } = certificate;
  const flags: SeedTargetFlags = {
    ...(to !== undefined && { to }),
    ...(table !== undefined && { table }),
    where: shape.where.map(({ name, test, value }) => `${name}${test === 'equals' ? '=' : '~'}${value}`),
    ...(shape.fields && { fields: shape.fields.join(',') }),
    ...(shape.asOf !== null && { asOf: shape.asOf }),
    ...(shape.from && { from: shape.from }),
  };
  return withSeed(context, entity, flags, async ({ topic, pages, target, signal }) => {
    const ranges = await pages.offsets();
    const { refusal } = planSeed({ topic, ranges, shape: shapeText(shape) }, await target.find());
    if (refusal !== null) return [{ kind: 'target-unfit', reason: refusal }];
    return findBroken(certificate, await checkSeed({ entity, pages, target, signal, limit: NAMED_KEYS }));
  });
}
