import type { ReactElement } from 'react';
import { Route, Routes } from 'react-router';
import { useSession } from './api/session.js';
import { ApprovalsPage } from './pages/approvals-page.js';
import { AuditEntryPage } from './pages/audit-entry-page.js';
import { AuditPage } from './pages/audit-page.js';
import { DeadLettersPage } from './pages/dead-letters-page.js';
import { DriftPage } from './pages/drift-page.js';
import { HoldPage } from './pages/hold-page.js';
import { KeysPage } from './pages/keys-page.js';
import { LetterCausePage } from './pages/letter-cause-page.js';
import { LetterPage } from './pages/letter-page.js';
import { LoginPage } from './pages/login-page.js';
import { MapPage } from './pages/map-page.js';
import { MorningPage } from './pages/morning-page.js';
import { NoRolePage } from './pages/no-role-page.js';
import { NotFoundPage } from './pages/not-found-page.js';
import { OffsetsPage } from './pages/offsets-page.js';
import { ParkedPage } from './pages/parked-page.js';
import { RecordPage } from './pages/record-page.js';
import { ReplayPage } from './pages/replay-page.js';
import { ReplayWizardPage } from './pages/replay-wizard-page.js';
import { ReplaysPage } from './pages/replays-page.js';
import { RevertPage } from './pages/revert-page.js';
import { RevertsPage } from './pages/reverts-page.js';
import { RoundPage } from './pages/round-page.js';
import { SchemaPage } from './pages/schema-page.js';
import { SchemasPage } from './pages/schemas-page.js';
import { SearchPage } from './pages/search-page.js';
import { SeedPage } from './pages/seed-page.js';
import { SeedWizardPage } from './pages/seed-wizard-page.js';
import { SeedsPage } from './pages/seeds-page.js';
import { SettingsPage } from './pages/settings-page.js';
import { SystemPage } from './pages/system-page.js';
import { TopicPage } from './pages/topic-page.js';
import { TopicsPage } from './pages/topics-page.js';
import { Shell } from './shell/shell.js';
import { ErrorNotice } from './ui/query-view.js';

/** Every page by its address; without a session the address stays, and leads on after signing in. */
export function App(): ReactElement {
  const { session, error } = useSession();
  if (session === undefined)
    return error ? (
      <ErrorNotice error={error} />
    ) : (
      <p className="visually-hidden" role="status">
        Loading …
      </p>
    );
  if (session === null) return <LoginPage />;
  if (session.permissions.length === 0) return <NoRolePage session={session} />;
  return (
    <Shell name={session.name}>
      <Routes>
        <Route path="/" element={<MorningPage />} />
        <Route path="/map" element={<MapPage />} />
        <Route path="/systems/:system" element={<SystemPage />} />
        <Route path="/search" element={<SearchPage />} />
        <Route path="/records/:entity/:key" element={<RecordPage />} />
        <Route path="/drift" element={<DriftPage />} />
        <Route path="/drift/:id" element={<RoundPage />} />
        <Route path="/holds/:kind/:id" element={<HoldPage />} />
        <Route path="/reverts" element={<RevertsPage />} />
        <Route path="/reverts/:id" element={<RevertPage />} />
        <Route path="/approvals" element={<ApprovalsPage />} />
        <Route path="/parked" element={<ParkedPage />} />
        <Route path="/dead-letters" element={<DeadLettersPage />} />
        <Route path="/dead-letters/causes/:group" element={<LetterCausePage />} />
        <Route path="/dead-letters/:id" element={<LetterPage />} />
        <Route path="/replays" element={<ReplaysPage />} />
        <Route path="/replays/new" element={<ReplayWizardPage />} />
        <Route path="/replays/:id" element={<ReplayPage />} />
        <Route path="/offsets" element={<OffsetsPage />} />
        <Route path="/seeds" element={<SeedsPage />} />
        <Route path="/seeds/new" element={<SeedWizardPage />} />
        <Route path="/seeds/:id" element={<SeedPage />} />
        <Route path="/topics" element={<TopicsPage />} />
        <Route path="/topics/:topic" element={<TopicPage />} />
        <Route path="/schemas" element={<SchemasPage />} />
        <Route path="/schemas/:type" element={<SchemaPage />} />
        <Route path="/audit" element={<AuditPage />} />
        <Route path="/audit/:service/:seq" element={<AuditEntryPage />} />
        <Route path="/settings" element={<SettingsPage />} />
        <Route path="/settings/keys" element={<KeysPage />} />
        <Route path="*" element={<NotFoundPage />} />
      </Routes>
    </Shell>
  );
}
