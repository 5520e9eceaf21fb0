// Copyright (c) 2026, the printops.firewall maintainers
// GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;

namespace Printops.Tests
{
    /// <summary>The file that the stand-in has too (PRINTOPS_STANDIN): a host of the tests.</summary>
    public static class Store
    {
        private static Dictionary<string, int> steps = new Dictionary<string, int>();

        private static string Path => Environment.GetEnvironmentVariable("PRINTOPS_STANDIN");

        public static JsonObject Read() => JsonNode.Parse(File.ReadAllText(Path)).AsObject();

        public static void Write(string key, JsonNode value)
        {
            var data = Read();
            data[key] = value?.DeepClone();
            File.WriteAllText(Path + ".new", data.ToJsonString());
            File.Move(Path + ".new", Path, true);
        }

        public static List<string> Names(string key) =>
            Read()[key]?.AsArray().Select(name => (string)name).ToList() ?? new List<string>();

        public static void Append(string key, string text)
        {
            Step("Write-PrintopsEvent");
            var all = Read()[key]?.DeepClone().AsArray() ?? new JsonArray();
            all.Add(text);
            Write(key, all);
        }

        public static void Begin() => steps.Clear();

        /// <summary>Fails, or dies, at the call that the file says.</summary>
        public static void Step(string name)
        {
            steps[name] = steps.GetValueOrDefault(name) + 1;
            var data = Read();
            if ((int?)data["die"]?[name] == steps[name])
            {
                Environment.Exit(9);
            }
            if ((int?)data["fail"]?[name] == steps[name] || Names("always_fail").Contains(name))
            {
                throw new InvalidOperationException("the model was told to fail at " + name);
            }
        }
    }

    /// <summary>What New-Object makes, by the name of the class.</summary>
    public static class Objects
    {
        public static object Make(string name) => name switch
        {
            "HNetCfg.FwPolicy2" => new FwPolicy2(),
            "HNetCfg.FWRule" => new FwRule(),
            "HNetCfg.FwProducts" => Store.Names("products").Select(one => new FwProduct(one)).ToArray(),
            "Schedule.Service" => new Scheduler(),
            _ => throw new ArgumentException("Retrieving the COM class factory failed: Class not registered: " + name),
        };
    }

    public sealed class FwProduct
    {
        public FwProduct(string name) => DisplayName = name;

        public string DisplayName { get; }
        public object[] RuleCategories => new object[] { 0, 1, 2, 3 };
    }

    /// <summary>What the registry has below HKEY_LOCAL_MACHINE, as far as policies say something.</summary>
    public static class Registry
    {
        private const string Policies = @"SOFTWARE\Policies\Microsoft\WindowsFirewall";
        private const string Group = "printops.firewall";

        public static Hashtable Read(string path)
        {
            var found = Values(path);
            foreach (var (name, value) in Store.Read()["registry"]?[path]?.AsObject() ?? new JsonObject())
            {
                found[name] = value.GetValueKind() == System.Text.Json.JsonValueKind.Number ? (int)value : (string)value;
            }
            return found;
        }

        private static Hashtable Values(string path)
        {
            var found = new Hashtable();
            var data = Store.Read();
            foreach (var (name, bit) in FwPolicy2.Bits)
            {
                if (path == Policies + "\\" + char.ToUpper(name[0]) + name.Substring(1) + "Profile"
                    && (bool?)data["policy"]?["profiles"]?[name]?["local_rules_apply"] == false)
                {
                    found["AllowLocalPolicyMerge"] = 0;
                }
            }
            if (path == Policies + @"\FirewallRules")
            {
                found["{00000000-0000-4000-8000-000000000000}"] = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=1|Name=theirs|";
                foreach (var name in Store.Names("policy_rules"))
                {
                    found[name] = "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Name=" + name + "|EmbedCtxt=" + Group + "|";
                }
            }
            var policy = (string)data["script_policy"] ?? "Undefined";
            if (path == @"SOFTWARE\Policies\Microsoft\Windows\PowerShell" && policy != "Undefined")
            {
                found["EnableScripts"] = policy == "Restricted" ? 0 : 1;
                found["ExecutionPolicy"] = policy;
            }
            return found;
        }
    }

    /// <summary>What Get-Acl gives: of a path that the file's acl has that, of others the rights of the state folder, or somebody else's.</summary>
    public sealed class Acl
    {
        private readonly bool isForeign;
        private readonly JsonObject listed;

        public Acl(string path)
        {
            isForeign = (bool?)Store.Read()["foreign_folder"] == true;
            listed = Store.Read()["acl"]?[path]?.AsObject();
        }

        public bool AreAccessRulesProtected => !isForeign;

        public Identity GetOwner(Type kind) =>
            new Identity((string)listed?["owner"] ?? (isForeign ? "S-1-5-21-1-2-3-1001" : "S-1-5-32-544"));

        public AccessRule[] GetAccessRules(bool areExplicit, bool areInherited, Type kind) =>
            listed?["entries"]?.AsArray().Select(AccessRule.Of).ToArray()
            ?? new[] { new AccessRule(new Identity("S-1-5-18")), new AccessRule(GetOwner(kind)) };
    }

    public sealed record Identity(string Value)
    {
        public Identity Translate(Type kind) => Value == "S-1-1-0"
            ? new Identity("Everyone")
            : throw new InvalidOperationException("Some or all identity references could not be translated.");
    }

    public sealed record AccessRule(
        Identity IdentityReference, int FileSystemRights = 0x1F01FF, int AccessControlType = 0, int PropagationFlags = 0)
    {
        public static AccessRule Of(JsonNode entry) => new AccessRule(
            new Identity((string)entry["who"]), (int)entry["rights"], (int?)entry["deny"] ?? 0, (int?)entry["inherit_only"] ?? 0);
    }
}
