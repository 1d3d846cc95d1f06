import { richText, t } from '@/app/_text/t';
import type { MembraneGrades, MembraneScore } from '@/lib/scoring/membrane/score-membranes';

/** The pattern of HER2 and where its shares come from; nothing without tumour cells. */
export const Her2Pattern = ({ her2 }: Pick<MembraneScore, 'her2'>) =>
  her2 !== null && (
    <p>
      {richText('Pattern of HER2 <b>{pattern}</b> <note>by the 10 % shares of <a>ASCO/CAP</a>, no HER2 status</note>', {
        pattern: her2 === 0 ? '0' : `${her2}+`,
        b: (words) => (
          <strong key="pattern" className="font-semibold" data-testid="her2-pattern">
            {words}
          </strong>
        ),
        note: (words) => (
          <span key="note" className="text-muted text-sm">
            {words}
          </span>
        ),
        a: (words) => (
          <a key="guideline" href="https://doi.org/10.1200/JCO.22.02864" className="underline">
            {words}
          </a>
        ),
      })}
    </p>
  );

/** Share of the tumour cells by completeness of the membrane and density of its stained part. */
export function MembraneTable({ bins, tumour }: Pick<MembraneScore, 'bins' | 'tumour'>) {
  const rows: readonly [string, MembraneGrades][] = [
    [t('Complete'), bins.complete],
    [t('Incomplete'), bins.incomplete],
  ];
  const percent = (cells: number) => (tumour.total === 0 ? '–' : `${((100 * cells) / tumour.total).toFixed(1)} %`);
  return (
    <table className="mt-1 w-full text-right text-sm">
      <caption className="sr-only">{t('Share of the tumour cells by membrane')}</caption>
      <thead className="text-muted">
        <tr>
          <th scope="col" className="text-left font-normal">
            {t('Membrane')}
          </th>
          <th scope="col" className="font-normal">
            {t('weak')}
          </th>
          <th scope="col" className="font-normal">
            {t('moderate')}
          </th>
          <th scope="col" className="font-normal">
            {t('strong')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, of]) => (
          <tr key={name}>
            <th scope="row" className="text-left font-normal text-muted">
              {name}
            </th>
            <td>{percent(of.weak)}</td>
            <td>{percent(of.moderate)}</td>
            <td>{percent(of.strong)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row" className="text-left font-normal text-muted">
            {t('None')}
          </th>
          <td>{percent(bins.none)}</td>
          <td />
          <td />
        </tr>
      </tbody>
    </table>
  );
}
