import { DataTable, type DataTableProps } from '../design/data-table.tsx';

/** The numbers of a chart, for those who would rather read them. */
export function ChartTable<Row>(table: DataTableProps<Row>) {
  return (
    <details className="chart-table">
      <summary>Show as a table</summary>
      {table.rows.length === 0 ? <p className="small muted">Nothing yet.</p> : <DataTable {...table} />}
    </details>
  );
}
