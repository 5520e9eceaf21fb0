// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml;

namespace Printops.Tests
{
    /// <summary>Schedule.Service; nothing but Connect may be called before it.</summary>
    public sealed class Scheduler
    {
        private bool isConnected;

        public void Connect() => isConnected = true;

        public TaskDefinition NewTask(int flags)
        {
            Refuse(!isConnected || flags != 0);
            return new TaskDefinition();
        }

        public TaskFolder GetFolder(string path)
        {
            Refuse(!isConnected || path != "\\");
            return new TaskFolder();
        }

        internal static void Refuse(bool isWrong)
        {
            if (isWrong)
            {
                throw new InvalidOperationException("The parameter is incorrect, or the service is not connected.");
            }
        }
    }

    public sealed class TaskFolder
    {
        public const string OwnTask = "printops-firewall-restore";
        private const int Create = 2, ServiceAccount = 5, Hidden = 1;

        public RegisteredTask[] GetTasks(int flags)
        {
            var found = new List<RegisteredTask> { new RegisteredTask("Somebody's task") };
            if (Store.Read()["task"] != null && flags == Hidden)
            {
                found.Add(new RegisteredTask(OwnTask));
            }
            return found.ToArray();
        }

        public RegisteredTask RegisterTaskDefinition(
            string path, TaskDefinition task, int flags, string user, string password, int logon, string rights)
        {
            Store.Step("Register-PrintopsTask");
            Scheduler.Refuse(flags == Create && Store.Read()["task"] != null);
            Scheduler.Refuse(user != task.Principal.UserId || logon != ServiceAccount || !string.IsNullOrEmpty(password));
            Scheduler.Refuse(task.Triggers.All.Count == 0 || task.Actions.All.Count != 1 || !rights.StartsWith("D:"));
            var clock = task.Triggers.All[0];
            XmlConvert.ToTimeSpan(clock.Repetition.Interval);
            XmlConvert.ToTimeSpan(task.Settings.ExecutionTimeLimit);
            var start = DateTimeOffset.ParseExact(clock.StartBoundary, "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
            var seconds = 5 * (int)Math.Round((start - DateTimeOffset.UtcNow).TotalSeconds / 5);
            var script = Regex.Match(task.Actions.All[0].Arguments, "-File \"(.+)\"$").Groups[1].Value;
            Store.Write("task", new JsonObject { ["path"] = script, ["seconds"] = seconds });
            return new RegisteredTask(path);
        }

        public RegisteredTask GetTask(string name)
        {
            Scheduler.Refuse(name != OwnTask || Store.Read()["task"] == null);
            return new RegisteredTask(name);
        }

        public void DeleteTask(string name, int flags)
        {
            Scheduler.Refuse(flags != 0 || name != OwnTask || Store.Read()["task"] == null);
            Store.Step("Unregister-PrintopsTask");
            Store.Write("task", null);
        }
    }

    public sealed record RegisteredTask(string Name)
    {
        /// <summary>In this process, where the scheduler would start another.</summary>
        public object Run(object parameters)
        {
            var data = Store.Read();
            if ((string)data["scheduler"] != "deaf")
            {
                using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
                var folder = System.IO.Path.GetDirectoryName((string)data["task"]["path"]);
                shell.AddCommand("Invoke-PrintopsRestore").AddParameter("Folder", folder).Invoke();
            }
            return null;
        }
    }

    public sealed class TaskDefinition
    {
        public Registration RegistrationInfo { get; } = new Registration();
        public Principal Principal { get; } = new Principal();
        public TaskSettings Settings { get; } = new TaskSettings();
        public Parts<Trigger> Triggers { get; } = new Parts<Trigger>(1, 8);
        public Parts<ExecAction> Actions { get; } = new Parts<ExecAction>(0);
    }

    public sealed class Registration
    {
        public string Description { get; set; }
    }

    public sealed class Principal
    {
        public string UserId { get; set; }
        public int LogonType { get; set; }
        public int RunLevel { get; set; }
    }

    public sealed class TaskSettings
    {
        public bool Enabled { get; set; }
        public bool StartWhenAvailable { get; set; }
        public bool DisallowStartIfOnBatteries { get; set; } = true;
        public bool StopIfGoingOnBatteries { get; set; } = true;
        public int MultipleInstances { get; set; }
        public string ExecutionTimeLimit { get; set; } = "PT72H";
        public int Priority { get; set; } = 7;
    }

    /// <summary>ITriggerCollection and IActionCollection.</summary>
    public sealed class Parts<T> where T : new()
    {
        private readonly List<int> kinds;

        public Parts(params int[] kinds) => this.kinds = new List<int>(kinds);

        internal List<T> All { get; } = new List<T>();

        public T Create(int kind)
        {
            Scheduler.Refuse(!kinds.Contains(kind));
            All.Add(new T());
            return All[^1];
        }
    }

    public sealed class Trigger
    {
        public string StartBoundary { get; set; }
        public bool Enabled { get; set; }
        public Repetition Repetition { get; } = new Repetition();
    }

    public sealed class Repetition
    {
        public string Interval { get; set; }
    }

    public sealed class ExecAction
    {
        public string Path { get; set; }
        public string Arguments { get; set; }
    }
}
