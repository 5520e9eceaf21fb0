// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Security;
using System.Text.Json;
using System.Threading;

namespace Printops.Tests
{
    /// <summary>A script as text, or a file with its words, as pwsh -EncodedCommand and pwsh -File take them.</summary>
    public sealed class Call
    {
        public string Script { get; set; }
        public string File { get; set; }
        public List<string> Words { get; set; }
        public List<string> Input { get; set; }
        public Dictionary<string, string> Environment { get; set; }
        public string Folder { get; set; }
    }

    /// <summary>Runs calls, a line of JSON each, one after another: each in a runspace of its own.</summary>
    public static class Resident
    {
        public static void Serve()
        {
            using var calls = new StreamReader(Console.OpenStandardInput());
            using var answers = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
            Console.SetIn(TextReader.Null);
            while (calls.ReadLine() is string line)
            {
                var host = new RecordingHost();
                Run(JsonSerializer.Deserialize<Call>(line), host);
                var answer = new { rc = host.ExitCode, stdout = host.Told.ToString(), stderr = host.Complained.ToString() };
                answers.WriteLine(JsonSerializer.Serialize(answer));
            }
        }

        private static void Run(Call call, RecordingHost host)
        {
            var (stdout, stderr) = (Console.Out, Console.Error);
            var before = Environment.GetEnvironmentVariables();
            foreach (var (name, value) in call.Environment)
            {
                Environment.SetEnvironmentVariable(name, name == "PSModulePath" ? value + ":" + before[name] : value);
            }
            Directory.SetCurrentDirectory(call.Folder);
            Console.SetOut(host.Out);
            Console.SetError(host.Error);
            try
            {
                using var runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
                runspace.Open();
                using var shell = PowerShell.Create(runspace);
                Invoke(call, shell, host);
                host.ExitCode ??= runspace.SessionStateProxy.GetVariable("LASTEXITCODE") as int? ?? 0;
            }
            finally
            {
                Console.SetOut(stdout);
                Console.SetError(stderr);
                foreach (string name in Environment.GetEnvironmentVariables().Keys)
                {
                    Environment.SetEnvironmentVariable(name, null);
                }
                foreach (DictionaryEntry variable in before)
                {
                    Environment.SetEnvironmentVariable((string)variable.Key, (string)variable.Value);
                }
            }
        }

        private static void Invoke(Call call, PowerShell shell, RecordingHost host)
        {
            if (call.File is null)
            {
                shell.AddScript(call.Script);
            }
            else
            {
                shell.AddCommand(call.File);
            }
            foreach (var word in call.Words)
            {
                var isName = word.StartsWith('-') && word.Length > 1;
                shell.Commands.Commands[0].Parameters.Add(isName ? new CommandParameter(word) : new CommandParameter(null, word));
            }
            var output = new PSDataCollection<object>();
            output.DataAdded += (_, added) => host.Out.WriteLine(output[added.Index]);
            shell.Streams.Error.DataAdded += (_, added) => host.Error.WriteLine(shell.Streams.Error[added.Index]);
            try
            {
                shell.Invoke(call.Input, output);
            }
            catch (RuntimeException error)
            {
                host.Error.WriteLine(error.ErrorRecord);
                host.ExitCode ??= 1;
            }
        }
    }

    /// <summary>Keeps what is written, and the exit status that was asked for.</summary>
    public sealed class RecordingHost : PSHost
    {
        public StringWriter Told { get; } = new StringWriter();
        public StringWriter Complained { get; } = new StringWriter();
        public TextWriter Out { get; }
        public TextWriter Error { get; }
        public int? ExitCode { get; set; }

        public RecordingHost()
        {
            Out = TextWriter.Synchronized(Told);
            Error = TextWriter.Synchronized(Complained);
            UI = new RecordingUI(this);
        }

        public override CultureInfo CurrentCulture => Thread.CurrentThread.CurrentCulture;
        public override CultureInfo CurrentUICulture => Thread.CurrentThread.CurrentUICulture;
        public override Guid InstanceId { get; } = Guid.NewGuid();
        public override string Name => "ConsoleHost";
        public override PSHostUserInterface UI { get; }
        public override Version Version => new Version(7, 0);

        public override void SetShouldExit(int exitCode) => ExitCode = exitCode;
        public override void EnterNestedPrompt() => throw new NotSupportedException();
        public override void ExitNestedPrompt() => throw new NotSupportedException();
        public override void NotifyBeginApplication() { }
        public override void NotifyEndApplication() { }
    }

    /// <summary>As a console that nobody sits at: errors are on standard error, all else on standard output.</summary>
    public sealed class RecordingUI : PSHostUserInterface
    {
        private readonly RecordingHost host;

        public RecordingUI(RecordingHost host) => this.host = host;

        public override PSHostRawUserInterface RawUI => null;

        public override void Write(string value) => host.Out.Write(value);
        public override void Write(ConsoleColor foreground, ConsoleColor background, string value) => host.Out.Write(value);
        public override void WriteLine(string value) => host.Out.WriteLine(value);
        public override void WriteErrorLine(string value) => host.Error.WriteLine(value);
        public override void WriteWarningLine(string message) => host.Out.WriteLine("WARNING: " + message);
        public override void WriteVerboseLine(string message) => host.Out.WriteLine("VERBOSE: " + message);
        public override void WriteDebugLine(string message) => host.Out.WriteLine("DEBUG: " + message);
        public override void WriteProgress(long sourceId, ProgressRecord record) { }

        public override string ReadLine() => throw new NotSupportedException();
        public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();

        public override Dictionary<string, PSObject> Prompt(
            string caption, string message, System.Collections.ObjectModel.Collection<FieldDescription> descriptions) =>
            throw new NotSupportedException();

        public override int PromptForChoice(
            string caption, string message, System.Collections.ObjectModel.Collection<ChoiceDescription> choices, int defaultChoice) =>
            throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName) => throw new NotSupportedException();

        public override PSCredential PromptForCredential(
            string caption, string message, string userName, string targetName,
            PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw new NotSupportedException();
    }
}
