import { useId } from "react";

import type { Stats } from "../api";

const ROW = 36;
const LABEL = 64;
/** Of the width, for the longest bar: beside it there is room for a label and a number, on a phone too. */
const LONGEST = 65;

/** How many were born in each decade, as bars; a decade without anybody keeps its place. */
export function DecadeChart({ decades }: { decades: Stats["by_decade"] }) {
  const id = useId();
  const rows = withoutGaps(decades);
  const most = Math.max(...rows.map((row) => row.count));

  return (
    <svg
      className="chart"
      role="img"
      aria-labelledby={`${id}-title ${id}-description`}
      width="100%"
      height={rows.length * ROW}
    >
      <title id={`${id}-title`}>Usuários por década de nascimento</title>
      <desc id={`${id}-description`}>{rows.map((row) => `${row.decade}: ${row.count}`).join("; ")}</desc>
      {rows.map(({ decade, count }, row) => {
        const middle = row * ROW + ROW / 2;
        const width = `${(count / most) * LONGEST}%`;
        return (
          <g key={decade}>
            <text className="decade" x={0} y={middle}>
              {decade}
            </text>
            <rect x={LABEL} y={row * ROW + 6} width={width} height={ROW - 12} rx={4} />
            <text className="count" x={width} dx={LABEL + 10} y={middle}>
              {count}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

function withoutGaps(decades: Stats["by_decade"]): Stats["by_decade"] {
  const counts = new Map(decades.map(({ decade, count }) => [decade, count]));
  const first = Math.min(...counts.keys());
  const last = Math.max(...counts.keys());
  return Array.from({ length: (last - first) / 10 + 1 }, (_, index) => {
    const decade = first + index * 10;
    return { decade, count: counts.get(decade) ?? 0 };
  });
}
